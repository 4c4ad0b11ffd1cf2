package models

// Contract is one published type of event, as its registry lists it.
type Contract struct {
	Type        EventType `json:"type"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Lane        Lane      `json:"lane"`
}

// Violation is one fault of an event, at a JSON Pointer into it.
type Violation struct {
	Pointer string `json:"pointer"`
	Message string `json:"message"`
}
