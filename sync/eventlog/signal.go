package eventlog

// Signal wakes those who read a shard when something was appended to it, so
// that they need not poll in haste; readers poll slowly besides, since another
// process may append too. It is safe for concurrent use.
type Signal struct {
	shards []chan struct{}
}

// NewSignal makes a Signal for so many shards.
func NewSignal(shards int) *Signal {
	s := &Signal{shards: make([]chan struct{}, shards)}
	for i := range s.shards {
		s.shards[i] = make(chan struct{}, 1)
	}
	return s
}

// C receives after an append to any of the shards has committed. Appends that
// meet before the receiver looks are one. It is for one receiver, who asks for
// it before the first append.
func (s *Signal) C(shards ...int16) <-chan struct{} {
	together := make(chan struct{}, 1)
	for _, shard := range shards {
		s.shards[shard] = together
	}
	return together
}

// Raise says that something was appended to the shard. It never blocks.
func (s *Signal) Raise(shard int16) {
	select {
	case s.shards[shard] <- struct{}{}:
	default:
	}
}
