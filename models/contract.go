package models

// Contract is one published type of event, as its registry lists it.
type Contract struct {
	Type        EventType `json:"type"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Lane        Lane      `json:"lane"`
}
