// Package demo starts the real program's demo for those who measure it: the
// tower, a private Postgres and the simulated systems.
package demo

import (
	"context"
	"errors"
	"regexp"

	"throughline/bench/program"
)

// Demo is a running demo.
type Demo struct {
	*program.Program
	control string
}

var controlLine = regexp.MustCompile(`"control":"(http://[0-9.:]+)"`)

// Start runs a binary's demo command with args, without faults that come by
// themselves, and returns when it is ready.
func Start(ctx context.Context, binary string, args ...string) (*Demo, error) {
	d := &Demo{}
	note := func(line string) {
		if found := controlLine.FindStringSubmatch(line); found != nil {
			d.control = found[1]
		}
	}
	var err error
	if d.Program, err = program.Start(ctx, binary, note, append([]string{"demo", "--no-faults"}, args...)...); err != nil {
		return nil, err
	}
	if d.control == "" {
		return nil, errors.Join(errors.New("the demo did not say where its systems are controlled"), d.Stop())
	}
	return d, nil
}
