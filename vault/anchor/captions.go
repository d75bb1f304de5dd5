package anchor

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// maxCue bounds a line of captions; what is longer is none.
const maxCue = 64 << 10

// cueTimes is the line of SRT ("00:01:05,000 --> 00:01:07,500") or WebVTT
// ("01:05.000 --> 01:07.500 align:start") that says when a caption is on screen.
var cueTimes = regexp.MustCompile(`^\s*` + cueMoment + `\s*-->\s*` + cueMoment + `(?:\s.*)?$`)

const cueMoment = `(?:(\d{1,3}):)?([0-5]?\d):([0-5]\d)[.,](\d{3})`

// during quotes captions or a part of a recording.
func during(in *bufio.Reader, media string, at Place) (Quote, error) {
	if start, _ := in.Peek(12); len(start) == 12 && string(start[:4]) == "RIFF" && string(start[8:]) == "WAVE" {
		return recording(in, at)
	}
	w, err := begin(in, media)
	if err != nil {
		return Quote{}, err
	}
	text, cues, err := captions(in, w, media, at)
	switch {
	case err != nil:
		return Quote{}, err
	case cues == 0:
		return Quote{}, fmt.Errorf("%w: moments are those of captions (SRT, WebVTT) or of a WAV recording", ErrKind)
	case text == nil:
		return Quote{}, fmt.Errorf("%w: no caption is on screen then", ErrAbsent)
	}
	quote := strings.Join(text, "\n")
	return of(textMedia, quote, []byte(quote)), nil
}

// captions are the lines of the captions on screen between the moments, in the order
// of the file and without their formatting times; cues is how many there are in all.
func captions(in *bufio.Reader, w wide, media string, at Place) (text []string, cues int, err error) {
	size, shown := 0, false
	for err == nil {
		var line string
		line, err = textLine(in, w, media)
		if errors.Is(err, ErrLimit) && cues == 0 {
			return nil, 0, nil // no captions
		}
		if err != nil && err != io.EOF {
			return nil, 0, err
		}
		if m := cueTimes.FindStringSubmatch(line); m != nil {
			from, to := milliseconds(m[1:5]), milliseconds(m[5:9])
			cues++
			shown = from < at.To && (to > at.From || from == to && from >= at.From)
			continue
		}
		if strings.TrimSpace(line) == "" {
			shown = false
		}
		if shown {
			if size += len(line) + 1; size > MaxQuote {
				return nil, 0, fmt.Errorf("%w: more than %d bytes of captions", ErrLimit, MaxQuote)
			}
			text = append(text, line)
		}
	}
	return text, cues, nil
}

// textLine reads a line as text without its end. At the end of the item the error is
// io.EOF, and the line may hold something.
func textLine(in *bufio.Reader, w wide, media string) (string, error) {
	var line []byte
	for {
		part, err := piece(in, w)
		if len(line)+len(part) > maxCue {
			return "", fmt.Errorf("%w: a line of more than %d bytes", ErrLimit, maxCue)
		}
		line = append(line, part...)
		if err != nil || w.ends(part) {
			line = w.trim(line)
			text := w.decode(line)
			if known := readable(line, media); w == narrow && known != "" {
				text = known
			}
			return text, err
		}
	}
}
