package eventlog

// quantum is how many events a source's turn is worth. Deficits are carried
// over, so that large requests and small ones come to the same share.
const quantum = 100

// queueShare bounds what one source may hold: so many times the room that is
// left. Alone it gets four fifths of the queue; whoever else comes finds room,
// however many flood.
const queueShare = 4

// fairQueue holds submissions by source, first come first served within a
// source, and serves the sources in turns (deficit round robin). It is not safe
// for concurrent use.
type fairQueue struct {
	sources map[string]*sourceQueue
	turns   []*sourceQueue // those that wait, whose turn it is first
	events  int
	bytes   int
}

type sourceQueue struct {
	name    string
	waiting []*submission
	events  int
	bytes   int
	credit  int // events that it may still take in its turn
}

// fits says whether the queue takes s within the bounds. An empty queue takes anything.
func (q *fairQueue) fits(s *submission, maxEvents, maxBytes int) bool {
	if len(q.turns) == 0 {
		return true
	}
	ownEvents, ownBytes := len(s.entries), s.bytes
	if own := q.sources[s.source()]; own != nil {
		ownEvents, ownBytes = ownEvents+own.events, ownBytes+own.bytes
	}
	roomEvents, roomBytes := maxEvents-q.events, maxBytes-q.bytes
	return len(s.entries) <= roomEvents && s.bytes <= roomBytes &&
		ownEvents <= queueShare*roomEvents && ownBytes <= queueShare*roomBytes
}

func (q *fairQueue) push(s *submission) {
	own := q.sources[s.source()]
	if own == nil {
		if q.sources == nil {
			q.sources = map[string]*sourceQueue{}
		}
		own = &sourceQueue{name: s.source()}
		q.sources[own.name] = own
		q.turns = append(q.turns, own)
	}
	own.waiting = append(own.waiting, s)
	q.count(own, s, 1)
}

func (q *fairQueue) count(own *sourceQueue, s *submission, sign int) {
	own.events, own.bytes = own.events+sign*len(s.entries), own.bytes+sign*s.bytes
	q.events, q.bytes = q.events+sign*len(s.entries), q.bytes+sign*s.bytes
}

// take removes the next batch: whole submissions within the bounds, at least
// one while there is any.
func (q *fairQueue) take(maxEvents, maxBytes int) (batch []*submission) {
	events, bytes := 0, 0
	for len(q.turns) > 0 {
		own, alone := q.turns[0], len(q.turns) == 1
		for len(own.waiting) > 0 {
			s := own.waiting[0]
			if len(batch) > 0 && (events+len(s.entries) > maxEvents || bytes+s.bytes > maxBytes) {
				return batch
			}
			if !alone {
				if len(batch) > 0 && len(s.entries) > own.credit {
					break
				}
				own.credit -= len(s.entries)
			}
			own.waiting[0], own.waiting = nil, own.waiting[1:]
			q.count(own, s, -1)
			batch, events, bytes = append(batch, s), events+len(s.entries), bytes+s.bytes
		}
		q.pass(own)
	}
	return batch
}

// pass ends a source's turn. One that has nothing left keeps no credit and no debt.
func (q *fairQueue) pass(own *sourceQueue) {
	q.turns = q.turns[1:]
	if len(own.waiting) == 0 {
		delete(q.sources, own.name)
		return
	}
	own.credit += quantum
	q.turns = append(q.turns, own)
}

// drain empties the queue.
func (q *fairQueue) drain() (all []*submission) {
	for _, own := range q.turns {
		all = append(all, own.waiting...)
	}
	*q = fairQueue{}
	return all
}
