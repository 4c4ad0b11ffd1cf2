package watch

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"throughline/models"
)

// machine is PLT-03 too: a machine that the tower runs on has hardly any disk
// left, or a clock that cannot be trusted. Each cause has an exception of its own.
type machine struct {
	machines interface {
		Read(ctx context.Context, jumpsOf time.Duration) ([]models.Machine, error)
	}
	conditions standing
	windows    Windows
}

func (machine) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTowerUnwell}
}

// jumpStands is how long a jump of the clock is told of: what was stamped around
// it has been looked at by then.
const jumpStands = 15 * time.Minute

func (d machine) Detect(ctx context.Context, l Look) ([]models.Signal, error) {
	found, err := d.machines.Read(ctx, jumpStands)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, m := range found {
		told, err := d.judged(ctx, m, l)
		if err != nil {
			return nil, err
		}
		signals = append(signals, told...)
	}
	told := map[string]bool{} // processes of one host see the same clock
	return slices.DeleteFunc(signals, func(s models.Signal) bool {
		again := told[s.Key]
		told[s.Key] = true
		return again
	}), nil
}

// judged is what is beyond its limit of one reading.
func (d machine) judged(ctx context.Context, m models.Machine, l Look) ([]models.Signal, error) {
	free, least := m.FreePercent(), float64(d.windows.DiskFree)
	told, err := beyond(ctx, d.conditions, d.disk(m, l), m.DiskFault != "" || free < least, free < least*(1+clearsAt))
	if err != nil {
		return nil, err
	}
	off, most := m.ClockAhead.Abs().Seconds(), d.windows.ClockOff.Seconds()
	clock, err := beyond(ctx, d.conditions, d.clock(m, l), off > most, off > most*(1-clearsAt))
	if err != nil {
		return nil, err
	}
	told = append(told, clock...)
	if m.Jump.Abs() > d.windows.ClockOff {
		told = append(told, d.jump(m, l))
	}
	return told, nil
}

func (d machine) disk(m models.Machine, l Look) models.Signal {
	then := "The database is elsewhere, and how full its disk is cannot be told from here."
	if m.Database {
		then = "The database lives on it: once it is full, nothing more is taken in."
	}
	s := models.Signal{
		Code: models.ExceptionTowerUnwell, Key: "disk|" + m.Host + "|" + m.Directory, Title: "The disk of " + m.Host + " is nearly full",
		Happened: fmt.Sprintf("%s of %s are free where %s lies, %.1f %%; %d %% have to be. %s This closes once it is a fifth more.",
			gigabytes(m.Free), gigabytes(m.Size), m.Directory, math.Floor(10*m.FreePercent())/10, d.windows.DiskFree, then),
		Risk: models.Risk{ServiceStop: true},
	}
	if m.DiskFault != "" {
		s.Title, s.Happened = "The disk of "+m.Host+" cannot be read", fmt.Sprintf("%s. How full it is nobody knows, and it may be failing. %s", m.DiskFault, then)
	}
	if 2*m.FreePercent() < float64(d.windows.DiskFree) {
		s.Risk.At = l.After(l.Real, d.windows.Soon)
	}
	return s
}

func (d machine) clock(m models.Machine, l Look) models.Signal {
	return models.Signal{
		Code: models.ExceptionTowerUnwell, Key: "clock|" + m.Host, Title: "The clock of " + m.Host + " is not the database's",
		Happened: fmt.Sprintf("It is %s %s the database's; %s are allowed. Ages and latencies are wrong by that much, and what is due is late or early. This closes once it is a fifth less.",
			ago(m.ClockAhead.Abs()), aheadOrBehind(m.ClockAhead), ago(d.windows.ClockOff)),
		Risk: models.Risk{AtLeast: models.ConsequenceStop, At: l.After(l.Real, 0)},
	}
}

func (d machine) jump(m models.Machine, l Look) models.Signal {
	why := "It was set, or the machine slept."
	if m.Jump < 0 {
		why = "It was set back."
	}
	return models.Signal{
		Code: models.ExceptionTowerUnwell, Key: "jump|" + m.Host, Title: "The clock of " + m.Host + " jumped",
		Happened: fmt.Sprintf("At %s it went %s by %s at once. %s What was stamped around that time looks older or newer than it is.",
			models.Instant(m.JumpedAt), forwardOrBack(m.Jump), ago(m.Jump.Abs()), why),
		Risk: models.Risk{AtLeast: models.ConsequenceStop, At: l.After(m.JumpedAt, 0)},
	}
}

func aheadOrBehind(ahead time.Duration) string {
	if ahead < 0 {
		return "behind"
	}
	return "ahead of"
}

func forwardOrBack(jump time.Duration) string {
	if jump < 0 {
		return "back"
	}
	return "forward"
}

func gigabytes(bytes int64) string { return fmt.Sprintf("%.1f GB", float64(bytes)/1e9) }
