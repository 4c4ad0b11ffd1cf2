package store

import (
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"throughline/models"
)

// appendParameters encodes the parameters of appendEntries by hand: a batch has
// some 15,000 values, and a generic encoder boxes each.
func appendParameters(lane models.Lane, entries []Entry) [][]byte {
	n := len(entries)
	text := func(value func(*Entry) string) []byte {
		return encodeTexts(n, func(i int) string { return value(&entries[i]) })
	}
	return [][]byte{
		[]byte(lane),
		encodeDigests(n, func(i int) *Digest { return &entries[i].Hash }),
		encodeDigests(n, func(i int) *Digest { return &entries[i].Fingerprint }),
		encodeSmallints(n, func(i int) int16 { return entries[i].Shard }),
		encodeTimes(n, func(i int) time.Time { return entries[i].OccurredAt }),
		text(func(e *Entry) string { return e.Source }),
		text(func(e *Entry) string { return e.ID }),
		text(func(e *Entry) string { return string(e.Type) }),
		text(func(e *Entry) string { return e.Subject }),
		text(func(e *Entry) string { return e.Key }),
		text(func(e *Entry) string { return e.Item }),
		text(func(e *Entry) string { return e.DC }),
		text(func(e *Entry) string { return e.TraceID }),
		encodeBools(n, func(i int) bool { return entries[i].Conflict }),
		text(func(e *Entry) string { return e.Extensions }),
		text(func(e *Entry) string { return e.Data }),
	}
}

// arrayHeader begins a one-dimensional array without NULLs in binary form.
func arrayHeader(oid uint32, n, bytes int) []byte {
	const headerSize, lengthSize = 20, 4
	b := make([]byte, 0, headerSize+n*lengthSize+bytes)
	for _, v := range [...]uint32{1, 0, oid, uint32(n), 1} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

func encodeTexts(n int, value func(int) string) []byte {
	size := 0
	for i := range n {
		size += len(value(i))
	}
	b := arrayHeader(pgtype.TextOID, n, size)
	for i := range n {
		v := value(i)
		b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
		b = append(b, v...)
	}
	return b
}

func encodeDigests(n int, value func(int) *Digest) []byte {
	b := arrayHeader(pgtype.UUIDOID, n, n*len(Digest{}))
	for i := range n {
		b = binary.BigEndian.AppendUint32(b, uint32(len(Digest{})))
		b = append(b, value(i)[:]...)
	}
	return b
}

func encodeSmallints(n int, value func(int) int16) []byte {
	b := arrayHeader(pgtype.Int2OID, n, n*2)
	for i := range n {
		b = binary.BigEndian.AppendUint32(b, 2)
		b = binary.BigEndian.AppendUint16(b, uint16(value(i)))
	}
	return b
}

func encodeTimes(n int, value func(int) time.Time) []byte {
	const postgresEpoch = 946_684_800_000_000 // 2000-01-01 in Unix microseconds
	b := arrayHeader(pgtype.TimestamptzOID, n, n*8)
	for i := range n {
		b = binary.BigEndian.AppendUint32(b, 8)
		b = binary.BigEndian.AppendUint64(b, uint64(value(i).UnixMicro()-postgresEpoch))
	}
	return b
}

func encodeBools(n int, value func(int) bool) []byte {
	b := arrayHeader(pgtype.BoolOID, n, n)
	for i := range n {
		b = binary.BigEndian.AppendUint32(b, 1)
		if value(i) {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}
