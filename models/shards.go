package models

import "github.com/cespare/xxhash/v2"

// Shards is how many shards each lane of the log has. The numbers are stored
// when the database is made; realtime shards come first, then the bulk ones.
type Shards struct {
	Realtime int
	Bulk     int
}

// Total is the number of shards of both lanes.
func (s Shards) Total() int { return s.Realtime + s.Bulk }

// Of is the shard in which all facts of a key stand in order.
func (s Shards) Of(lane Lane, key string) int16 {
	hash := xxhash.Sum64String(key)
	if lane == LaneBulk {
		return int16(s.Realtime) + int16(hash%uint64(s.Bulk))
	}
	return int16(hash % uint64(s.Realtime))
}

// Lane is the lane that a shard belongs to.
func (s Shards) Lane(shard int16) Lane {
	if int(shard) < s.Realtime {
		return LaneRealtime
	}
	return LaneBulk
}
