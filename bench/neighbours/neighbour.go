package main

import (
	"context"

	"throughline/bench/program"
)

// neighbour is somebody who shares the tower with the source that is measured.
type neighbour interface {
	name() string  // of the flag
	title() string // of the report
	// move brings in what it needs, before anything is measured.
	move(ctx context.Context, tower *program.Program) error
	// be does what it does, until ctx ends.
	be(ctx context.Context) error
	// leave ends what it came for, with nobody measured, and says in a sentence
	// what it did, or that the tower did not do its part.
	leave(ctx context.Context) (did string, err error)
}
