package app

import "context"

// startEngine brings up what works on the events, in the order of their way.
func (p *Program) startEngine(context.Context) error { return nil }
