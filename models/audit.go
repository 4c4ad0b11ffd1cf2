package models

// AuditEntry is one change that a person or the command line made. Before and
// After are JSON documents or empty; neither may hold a secret.
type AuditEntry struct {
	Actor   string
	Action  string // verb and noun, e.g. "exception.assign"
	Subject string // kind:identifier, e.g. "exception:42"
	Reason  string
	Before  string
	After   string
}
