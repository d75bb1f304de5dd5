package utxo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/turtlebay/turtlebay/intake"
	"github.com/turtlebay/turtlebay/ledger/source/internal/feed"
)

// Magic begins every block in the files of Bitcoin and of those forks that kept it.
const Magic = "\xf9\xbe\xb4\xd9"

// maxBytes is the longest block that is read.
const maxBytes = 64 << 20

// frame is the bytes of one block of a file.
type frame struct {
	file   int
	number uint64 // in its file, from 1; of what is no block, that of the block it stands before
	place  string // of its bytes in the file
	bytes  []byte // valid until the next frame
	fault  string // why it is none
}

// frames reads the blocks of a file: each with magic and length before it, zeros
// between them, or the file as a whole one block. What is neither comes as one frame
// with a fault, up to the next magic.
func frames(f *feed.File) iter.Seq2[frame, error] {
	return func(yield func(frame, error) bool) {
		head, err := f.Peek(4)
		if err != nil {
			yield(frame{}, err)
			return
		}
		r := &framer{f: f, number: 1}
		next := r.next
		if !bytes.HasPrefix(head, []byte(Magic)) && !bytes.Equal(head, make([]byte, len(head))) {
			next = r.whole
		}
		for {
			out, err := next()
			if err == io.EOF || !yield(out, err) || err != nil {
				return
			}
		}
	}
}

// framer reads the frames of a file.
type framer struct {
	f      *feed.File
	number uint64
	at     int64
	buf    bytes.Buffer
	ended  bool
}

func (r *framer) frame(from int64, fault string) frame {
	last := max(r.at-1, from)
	return frame{
		file: r.f.Index, number: r.number, bytes: r.buf.Bytes(), fault: fault,
		place: fmt.Sprintf("bytes=%d-%d", from, last),
	}
}

// read takes n bytes into the buffer, or fewer where the file ends.
func (r *framer) read(n int64) error {
	r.buf.Reset()
	got, err := io.CopyN(&r.buf, r.f, n)
	r.at += got
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w: %w", r.f.Name, intake.ErrBroken, err)
	}
	return nil
}

// whole is the file as one block.
func (r *framer) whole() (frame, error) {
	if r.ended {
		return frame{}, io.EOF
	}
	r.ended = true
	if err := r.read(maxBytes + 1); err != nil {
		return frame{}, err
	}
	if r.buf.Len() > maxBytes {
		return r.frame(0, "too long for a block, and no magic begins one"), nil
	}
	return r.frame(0, ""), nil
}

// next is the next frame; io.EOF at the end.
func (r *framer) next() (frame, error) {
	from, lost, err := r.seek()
	if err != nil {
		return frame{}, err
	}
	if lost {
		r.buf.Reset()
		return r.frame(from, "bytes that are no block"), nil
	}
	from = r.at
	if err := r.read(8); err != nil {
		return frame{}, err
	}
	if r.buf.Len() < 8 {
		return r.done(from, errShort.Error())
	}
	size := int64(binary.LittleEndian.Uint32(r.buf.Bytes()[4:]))
	if size < headerSize || size > maxBytes {
		return r.done(from, fmt.Sprintf("no block has %d bytes", size))
	}
	if err := r.read(size); err != nil {
		return frame{}, err
	}
	if int64(r.buf.Len()) < size {
		return r.done(from, errShort.Error())
	}
	return r.done(from+8, "")
}

func (r *framer) done(from int64, fault string) (frame, error) {
	out := r.frame(from, fault)
	r.number++
	return out, nil
}

// seek goes to the next magic. Zeros before it are room that was not used; lost says
// that something else stood there, from an offset on.
func (r *framer) seek() (from int64, lost bool, err error) {
	from = r.at
	for {
		head, err := r.f.Peek(64 << 10)
		if err != nil {
			return 0, false, err
		}
		if len(head) == 0 {
			break
		}
		n := bytes.Index(head, []byte(Magic))
		found := n >= 0
		if !found {
			n = max(len(head)-len(Magic)+1, 1)
		}
		lost = lost || len(bytes.Trim(head[:n], "\x00")) > 0
		if _, err := r.f.Discard(int64(n)); err != nil {
			return 0, false, fmt.Errorf("%s: %w: %w", r.f.Name, intake.ErrBroken, err)
		}
		r.at += int64(n)
		if found {
			return from, lost, nil
		}
	}
	if lost && !r.ended {
		r.ended = true
		return from, true, nil
	}
	return 0, false, io.EOF
}

// claimedHeight is the height that a coinbase begins with, as version 2 has it.
func claimedHeight(script []byte) (uint64, error) {
	if len(script) == 0 || int(script[0]) >= len(script) || script[0] > 5 {
		return 0, errors.New("no height")
	}
	var n uint64
	for i := int(script[0]); i > 0; i-- {
		n = n<<8 | uint64(script[i])
	}
	return n, nil
}

// IsBlock reports whether a file may begin with a block that has nothing before it: a
// header of a version that there is, at a time that there was, and a coinbase.
func IsBlock(head []byte) bool {
	h, err := parseHeader(head)
	if err != nil || h.version < 1 || h.time < firstTime || workOf(h.bits).Sign() == 0 {
		return false
	}
	c := &cursor{rest: head[headerSize:]}
	n := c.size()
	c.take(4)
	if len(c.rest) > 1 && c.rest[0] == 0 {
		c.take(2)
	}
	return n > 0 && c.size() == 1 && bytes.Equal(c.take(32), make([]byte, 32)) && c.u32() == 1<<32-1 && c.err == nil
}

// firstTime is that of Bitcoin's first block.
const firstTime = 1231006505
