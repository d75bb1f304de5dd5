package anchor

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const srt = `1
00:00:01,000 --> 00:00:04,000
The first officer speaks.

2
00:01:05,000 --> 00:01:07,500
<i>Turn off the transponder.</i>
Now.

3
00:01:07,500 --> 00:01:20,000
It is off.

4
01:00:00,000 --> 01:00:01,000
An hour later.
`

const vtt = "WEBVTT - minutes of a call\n\nNOTE\nnot on screen\n\nintro\n00:01.000 --> 00:04.000 align:start\nThe first officer speaks.\n\n" +
	"01:05.000 --> 01:07.500\n<i>Turn off the transponder.</i>\nNow.\n\n00:01:07.500 --> 00:01:20.000\nIt is off.\n\n01:00:00.000 --> 01:00:01.000\nAn hour later."

func TestCaptions(t *testing.T) {
	for place, want := range map[string]string{
		"time=00:00:00-00:00:01.001":     "The first officer speaks.",
		"time=00:01:05-00:01:20":         "<i>Turn off the transponder.</i>\nNow.\nIt is off.",
		"time=00:01:06-00:01:07":         "<i>Turn off the transponder.</i>\nNow.",
		"time=00:01:07.500-00:01:08":     "It is off.",
		"time=00:59:00-01:30:00":         "An hour later.",
		"time=00:00:03.999-00:01:05.001": "The first officer speaks.\n<i>Turn off the transponder.</i>\nNow.",
	} {
		for name, content := range map[string]string{
			"srt": srt, "vtt": vtt, "srt with CR LF": strings.ReplaceAll(srt, "\n", "\r\n"), "gzipped": gzipped(t, srt),
			"utf-16": "\xff\xfe" + encoded(srt, false), "byte order mark": "\ufeff" + vtt,
		} {
			got, err := resolveText(t, content, "", place)
			if err != nil || got.Text != want || got.SHA256 != digest(want) {
				t.Errorf("%s of %s: %q %v, want %q", place, name, got.Text, err, want)
			}
		}
	}
	flash := "00:00:05.000 --> 00:00:05.000\nflash\n"
	if got, err := resolveText(t, flash, "", "time=00:00:05-00:00:06"); err != nil || got.Text != "flash" {
		t.Errorf("a caption of no length: %+v %v", got, err)
	}
	if got, err := resolveText(t, flash, "", "time=00:00:05.001-00:00:06"); !errors.Is(err, ErrAbsent) {
		t.Errorf("a caption of no length, before: %+v %v", got, err)
	}
	for _, place := range []string{"time=00:00:00-00:00:01", "time=00:00:04-00:01:05", "time=02:00:00-03:00:00"} {
		if got, err := resolveText(t, srt, "", place); !errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %+v %v", place, got, err)
		}
	}
}

// chunk is a chunk of a WAV file.
func chunk(name string, data []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(data)))
	out = append(out, data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

// sound is a WAV file of frames, each of which holds its number.
func sound(rate, frame, frames int) []byte {
	head := binary.LittleEndian.AppendUint16(nil, pcm)
	head = binary.LittleEndian.AppendUint16(head, 1)
	head = binary.LittleEndian.AppendUint32(head, uint32(rate))
	head = binary.LittleEndian.AppendUint32(head, uint32(rate*frame))
	head = binary.LittleEndian.AppendUint16(head, uint16(frame))
	head = binary.LittleEndian.AppendUint16(head, uint16(8*frame))
	data := make([]byte, frames*frame)
	for i := range frames {
		data[i*frame] = byte(i)
	}
	body := bytes.Join([][]byte{[]byte("WAVE"), chunk("fmt ", head), chunk("LIST", []byte("odd")), chunk("data", data), chunk("note", nil)}, nil)
	return chunk("RIFF", body)
}

func TestRecording(t *testing.T) {
	whole := sound(1000, 2, 100)
	got, err := Resolve(t.Context(), bytes.NewReader(whole), "audio/wav", Place{Kind: Time, From: 10, To: 13})
	if err != nil || got.Media != "audio/wav" || got.Text != "" {
		t.Fatalf("%+v %v", got, err)
	}
	if want := []byte{10, 0, 11, 0, 12, 0}; !bytes.HasSuffix(got.Bytes, append([]byte("data\x06\x00\x00\x00"), want...)) {
		t.Errorf("% x", got.Bytes)
	}
	if size := binary.LittleEndian.Uint32(got.Bytes[4:]); int(size) != len(got.Bytes)-8 || string(got.Bytes[:4]) != "RIFF" || string(got.Bytes[8:16]) != "WAVEfmt " {
		t.Errorf("header % x", got.Bytes[:16])
	}
	// The size that a recorder writes first and corrects at the end.
	endless := bytes.Replace(whole, []byte("data\xc8\x00\x00\x00"), []byte("data\xff\xff\xff\xff"), 1)
	if again, err := Resolve(t.Context(), bytes.NewReader(endless), "", Place{Kind: Time, From: 10, To: 13}); err != nil || again.SHA256 != got.SHA256 {
		t.Errorf("without a size: %v", err)
	}
}

// TestPartsOfARecordingJoin wants the cut of a part to be the part of the cut.
func TestPartsOfARecordingJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate, frame := rapid.SampledFrom([]int{1000, 8000, 44100}).Draw(t, "rate"), rapid.IntRange(1, 4).Draw(t, "frame")
		whole := sound(rate, frame, rate/5)
		data := whole[bytes.Index(whole, []byte("data"))+8:][:rate/5*frame]
		from := rapid.Int64Range(0, 198).Draw(t, "from")
		to := rapid.Int64Range(from+1, 200).Draw(t, "to")
		got, err := Resolve(t.Context(), bytes.NewReader(whole), "", Place{Kind: Time, From: from, To: to})
		first, last := int(from)*rate/1000*frame, int(to)*rate/1000*frame
		if err != nil {
			t.Fatal(err)
		}
		cut := got.Bytes[bytes.Index(got.Bytes, []byte("data"))+8:]
		if n := last - first; !bytes.Equal(cut[:n], data[first:last]) || len(cut) != n+n%2 {
			t.Fatalf("% x, want % x", cut, data[first:last])
		}
	})
}

func TestHostileRecordings(t *testing.T) {
	good := sound(1000, 2, 100)
	replace := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"too short":          {good, ErrAbsent},
		"truncated":          {good[:60], ErrAbsent},
		"no sound":           {replace("data", "dada"), ErrDamaged},
		"no format":          {replace("fmt ", "fmd "), ErrDamaged},
		"huge format":        {replace("fmt \x10\x00\x00\x00", "fmt \xf0\xff\xff\xff"), ErrDamaged},
		"format breaks off":  {good[:24], ErrDamaged},
		"huge chunk":         {replace("LIST\x03\x00\x00\x00", "LIST\xff\xff\xff\xff"), ErrDamaged},
		"no rate":            {replace("\xe8\x03\x00\x00", "\x00\x00\x00\x00"), ErrDamaged},
		"rate of a bat":      {replace("\xe8\x03\x00\x00", "\xff\xff\xff\xff"), ErrDamaged},
		"MP3 in disguise":    {replace("fmt \x10\x00\x00\x00\x01", "fmt \x10\x00\x00\x00\x55"), ErrKind},
		"bytes of no frames": {replace("\x02\x00\x10\x00LIST", "\x00\x00\x10\x00LIST"), ErrDamaged},
	} {
		if got, err := Resolve(t.Context(), bytes.NewReader(c.data), "", Place{Kind: Time, From: 50, To: 101}); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v %v, want %v", name, got, err, c.want)
		}
	}
	big := sound(4_000_000, 60_000, 1)
	if _, err := Resolve(t.Context(), bytes.NewReader(big), "", Place{Kind: Time, From: 1, To: 999 * hour}); !errors.Is(err, ErrLimit) {
		t.Errorf("a long part: %v", err)
	}
	if _, err := Resolve(t.Context(), bytes.NewReader(sound(10, 2, 10)), "", Place{Kind: Time, From: 1, To: 2}); !errors.Is(err, ErrAbsent) {
		t.Errorf("less than a frame: %v", err)
	}
}
