package models

// Topic names something on a page that may have changed. Viewers subscribe to
// topics and fetch what they show anew when a hint names one.
type Topic string

// The topics that are not cut by a DC, team or item.
const (
	TopicOverview       Topic = "overview"
	TopicExceptions     Topic = "exceptions"
	TopicApprovals      Topic = "approvals"
	TopicBooks          Topic = "books"
	TopicRoutes         Topic = "routes"
	TopicClock          Topic = "clock"
	TopicReconciliation Topic = "reconciliation"
	TopicChains         Topic = "chain:*" // more chains changed than are worth naming
)

// TopicDC is one distribution center.
func TopicDC(dc string) Topic { return Topic("dc:" + dc) }

// TopicTeam is one team's queue of exceptions.
func TopicTeam(team Team) Topic { return Topic("exceptions:" + string(team)) }

// TopicChain is the chain of one item at one DC.
func TopicChain(item, dc string) Topic { return Topic("chain:" + item + "|" + dc) }

// Hint says that topics changed. It is sent after the commit and may repeat or
// cover more than changed, never less. Resync means that hints may have been
// missed: everything shown is to be fetched anew and Topics is empty.
type Hint struct {
	Seq    int64   `json:"seq"`
	Topics []Topic `json:"topics,omitempty"`
	Resync bool    `json:"resync,omitempty"`
}
