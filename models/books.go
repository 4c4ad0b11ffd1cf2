package models

// BookCounts account for accepted events: every received one is in exactly one
// of the five that follow. Duplicate stands beside: those were not accepted again.
type BookCounts struct {
	Received   int64 `json:"received"`
	Applied    int64 `json:"applied"`
	Superseded int64 `json:"superseded"`
	Parked     int64 `json:"parked"`
	Discarded  int64 `json:"discarded"`
	Pending    int64 `json:"pending"`
	Duplicate  int64 `json:"duplicate"`
}

// Missing is how many received events are in none of the five; it is negative
// when some are in two, and 0 when the books balance.
func (c BookCounts) Missing() int64 {
	return c.Received - c.Applied - c.Superseded - c.Parked - c.Discarded - c.Pending
}

// Add adds other to c.
func (c *BookCounts) Add(other BookCounts) {
	c.Received += other.Received
	c.Applied += other.Applied
	c.Superseded += other.Superseded
	c.Parked += other.Parked
	c.Discarded += other.Discarded
	c.Pending += other.Pending
	c.Duplicate += other.Duplicate
}

// SourceBooks are the books of one source.
type SourceBooks struct {
	Source string `json:"source"`
	BookCounts
}

// Books are the books of all sources at one instant.
type Books struct {
	Sources []SourceBooks `json:"sources"`
	Total   BookCounts    `json:"total"`
}
