package models

// Queue is a list of work with a count in the navigation.
type Queue string

// The queues.
const (
	QueueApprovals   Queue = "approvals"
	QueuePlanner     Queue = "planner"
	QueueProcurement Queue = "procurement"
	QueueIT          Queue = "it"
)

// QueueCount is how much waits in a queue. Worst is empty when nothing needs anyone.
type QueueCount struct {
	Queue Queue
	Open  int
	Worst Priority
}
