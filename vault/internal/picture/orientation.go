package picture

import (
	"bytes"
	"encoding/binary"
)

// upright is the orientation of a picture that is displayed as it is stored; the
// other seven are those of EXIF (JEITA CP-3451, tag 0x0112).
const upright = 1

// source is where in a stored picture of w by h dots the displayed dot x, y lies.
func source(turn, x, y, w, h int) (int, int) {
	switch turn {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5: // sides swapped
		return y, x
	case 6: // turned right
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8: // turned left
		return w - 1 - y, x
	}
	return x, y
}

// orientation finds how a JPEG is to be turned; upright when it does not say.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker := data[at+1]
		if marker == 0xFF { // filler
			at++
			continue
		}
		length := int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xDA || length < 2 || at+2+length > len(data) {
			break
		}
		if exif, ok := bytes.CutPrefix(data[at+4:at+2+length], []byte("Exif\x00\x00")); ok && marker == 0xE1 {
			return turnOf(exif)
		}
		at += 2 + length
	}
	return upright
}

// turnOf reads the orientation from the first directory of a TIFF block.
func turnOf(tiff []byte) int {
	var order binary.ByteOrder = binary.LittleEndian
	if len(tiff) < 8 {
		return upright
	}
	if string(tiff[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return upright
	}
	entries := tiff[at+2:]
	for range order.Uint16(tiff[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 {
			if turn := int(order.Uint16(entries[8:])); turn >= 1 && turn <= 8 {
				return turn
			}
			break
		}
		entries = entries[12:]
	}
	return upright
}

// animated reports whether a PNG announces frames before its dots.
func animated(data []byte) bool {
	for at := 8; at+8 <= len(data); {
		switch string(data[at+4 : at+8]) {
		case "acTL":
			return true
		case "IDAT", "IEND":
			return false
		}
		length := int64(binary.BigEndian.Uint32(data[at:]))
		if int64(at)+12+length > int64(len(data)) {
			return false
		}
		at += 12 + int(length)
	}
	return false
}
