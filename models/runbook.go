package models

// RunbookSection is one titled part of a runbook: what it means, how to
// confirm it, what to do.
type RunbookSection struct {
	Title string
	Lines []string
}
