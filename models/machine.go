package models

import "time"

// Machine is what a process of the tower found on the machine that it runs on.
// Several processes of one host have directories of their own.
type Machine struct {
	Host       string
	Directory  string        // the data directory
	Database   bool          // the private database lives in it
	Free       int64         // bytes of its file system that the tower may still write
	Size       int64         // bytes, more than 0 unless there is a DiskFault
	DiskFault  string        // why nobody knows how full the file system is; empty when it is known
	ClockAhead time.Duration // of the database's clock; below 0 it is behind
	Jump       time.Duration // by how much its clock was last set at once; below 0 back, 0 for never
	JumpedAt   time.Time     // by the database's clock; zero for never
}

// FreePercent is the share of the file system that is free, not a number when
// nobody knows.
func (m Machine) FreePercent() float64 { return 100 * float64(m.Free) / float64(m.Size) }

// Replica is a copy of the database or a reader of its changes, or a slot that
// holds changes back for one.
type Replica struct {
	Name      string
	Connected bool
	Logical   bool  // it reads changes of some tables, and nothing can fail over to it
	Lost      bool  // the database has dropped what it lacks, so that it never catches up
	Behind    int64 // bytes of changes that it lacks; 0 when nobody knows any more
}
