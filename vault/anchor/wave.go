package anchor

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// format is what the "fmt " chunk of a WAV file says (Multimedia Programming
// Interface and Data Specifications 1.0), with its bytes.
type format struct {
	chunk []byte
	rate  int64 // frames a second
	frame int64 // bytes of a frame
}

const (
	pcm        = 1
	floats     = 3
	extensible = 0xFFFE
	maxFormat  = 1 << 10
	maxRate    = 4_000_000 // frames a second; five times what any recorder has
)

// recording cuts a part out of a WAV recording: a WAV file of its own, whose bytes
// depend on the sound and its format alone.
func recording(in io.Reader, at Place) (Quote, error) {
	if _, err := io.CopyN(io.Discard, in, 12); err != nil {
		return Quote{}, err
	}
	var f format
	for {
		var head [8]byte
		if _, err := io.ReadFull(in, head[:]); err != nil {
			return Quote{}, fmt.Errorf("%w: no sound in the recording", ErrDamaged)
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		switch string(head[:4]) {
		case "fmt ":
			if size < 16 || size > maxFormat {
				return Quote{}, fmt.Errorf("%w: a sound format of %d bytes", ErrDamaged, size)
			}
			chunk := make([]byte, size+size%2)
			if _, err := io.ReadFull(in, chunk); err != nil {
				return Quote{}, fmt.Errorf("%w: the sound format breaks off", ErrDamaged)
			}
			var err error
			if f, err = parseFormat(chunk[:size]); err != nil {
				return Quote{}, err
			}
		case "data":
			if f.frame == 0 {
				return Quote{}, fmt.Errorf("%w: sound before its format", ErrDamaged)
			}
			return f.cut(in, size, at)
		default:
			if n, err := io.CopyN(io.Discard, in, size+size%2); err != nil {
				return Quote{}, fmt.Errorf("%w: a chunk of %d bytes has %d", ErrDamaged, size, n)
			}
		}
	}
}

func parseFormat(chunk []byte) (format, error) {
	code := binary.LittleEndian.Uint16(chunk)
	f := format{
		chunk: chunk,
		rate:  int64(binary.LittleEndian.Uint32(chunk[4:])),
		frame: int64(binary.LittleEndian.Uint16(chunk[12:])),
	}
	switch {
	case code != pcm && code != floats && code != extensible:
		return f, fmt.Errorf("%w: sound of format %d is not read", ErrKind, code)
	case f.rate == 0 || f.rate > maxRate || f.frame == 0:
		return f, fmt.Errorf("%w: sound with %d frames a second of %d bytes", ErrDamaged, f.rate, f.frame)
	}
	return f, nil
}

// cut quotes the frames between the two moments. A size of zero or of all ones is
// that of a recording whose writer never came back to fill it in.
func (f format) cut(in io.Reader, size int64, at Place) (Quote, error) {
	from, to := at.From*f.rate/second*f.frame, at.To*f.rate/second*f.frame
	switch {
	case to-from > MaxQuote:
		return Quote{}, fmt.Errorf("%w: %d bytes of sound, at most %d are quoted", ErrLimit, to-from, MaxQuote)
	case to == from:
		return Quote{}, fmt.Errorf("%w: shorter than a frame of the sound", ErrAbsent)
	}
	if size != 0 && size != 0xFFFFFFFF {
		in = io.LimitReader(in, size)
	}
	had, err := io.CopyN(io.Discard, in, from)
	if err != nil && err != io.EOF {
		return Quote{}, err
	}
	sound, err := io.ReadAll(io.LimitReader(in, to-from))
	if err != nil {
		return Quote{}, err
	}
	if had += int64(len(sound)); had < to {
		return Quote{}, fmt.Errorf("%w: the recording ends at %s", ErrAbsent, clock(had/f.frame*second/f.rate))
	}
	return of("audio/wav", "", f.file(sound)), nil
}

// file is a WAV file of this sound.
func (f format) file(sound []byte) []byte {
	var b bytes.Buffer
	chunk := func(name string, data []byte) {
		b.WriteString(name)
		_ = binary.Write(&b, binary.LittleEndian, uint32(len(data)))
		b.Write(data)
		if len(data)%2 == 1 {
			b.WriteByte(0)
		}
	}
	b.WriteString("RIFF\x00\x00\x00\x00WAVE")
	chunk("fmt ", f.chunk)
	chunk("data", sound)
	out := b.Bytes()
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}
