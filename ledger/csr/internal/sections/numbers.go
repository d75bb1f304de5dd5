package sections

import "encoding/binary"

// U8 adds a byte.
func (c *Column) U8(v uint8) {
	if len(c.buf) == cap(c.buf) {
		c.full()
	}
	c.buf = append(c.buf, v)
}

// U16 adds a number of two bytes. All numbers of a section have one width.
func (c *Column) U16(v uint16) {
	if len(c.buf) == cap(c.buf) {
		c.full()
	}
	c.buf = binary.LittleEndian.AppendUint16(c.buf, v)
}

// U32 adds a number of four bytes.
func (c *Column) U32(v uint32) {
	if len(c.buf) == cap(c.buf) {
		c.full()
	}
	c.buf = binary.LittleEndian.AppendUint32(c.buf, v)
}

// U64 adds a number of eight bytes.
func (c *Column) U64(v uint64) {
	if len(c.buf) == cap(c.buf) {
		c.full()
	}
	c.buf = binary.LittleEndian.AppendUint64(c.buf, v)
}

// Bytes adds bytes.
func (c *Column) Bytes(b []byte) {
	for len(b) > 0 {
		if len(c.buf) == cap(c.buf) {
			c.full()
		}
		n := min(len(b), cap(c.buf)-len(c.buf))
		c.buf = append(c.buf, b[:n]...)
		b = b[n:]
	}
}

// U16s adds numbers of two bytes.
func (c *Column) U16s(all []uint16) {
	for len(all) > 0 {
		n := c.room(2, len(all))
		at := len(c.buf)
		c.buf = c.buf[:at+2*n]
		to := c.buf[at:]
		for i, v := range all[:n] {
			binary.LittleEndian.PutUint16(to[2*i:], v)
		}
		all = all[n:]
	}
}

// U32s adds numbers of four bytes.
func (c *Column) U32s(all []uint32) {
	for len(all) > 0 {
		n := c.room(4, len(all))
		at := len(c.buf)
		c.buf = c.buf[:at+4*n]
		to := c.buf[at:]
		for i, v := range all[:n] {
			binary.LittleEndian.PutUint32(to[4*i:], v)
		}
		all = all[n:]
	}
}

// U64s adds numbers of eight bytes.
func (c *Column) U64s(all []uint64) {
	for len(all) > 0 {
		n := c.room(8, len(all))
		at := len(c.buf)
		c.buf = c.buf[:at+8*n]
		to := c.buf[at:]
		for i, v := range all[:n] {
			binary.LittleEndian.PutUint64(to[8*i:], v)
		}
		all = all[n:]
	}
}

// room is how many of n numbers of a width fit into the memory at hand, at least one.
func (c *Column) room(width, n int) int {
	if len(c.buf) == cap(c.buf) {
		c.full()
	}
	return min(n, (cap(c.buf)-len(c.buf))/width)
}
