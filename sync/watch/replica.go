package watch

import (
	"context"
	"fmt"

	"throughline/models"
)

// replica is PLT-03 too: a copy of the database lacks so much that a fail-over
// to it would lose what was acknowledged.
type replica struct {
	machines interface {
		Replicas(ctx context.Context) ([]models.Replica, error)
	}
	windows Windows
}

func (replica) Codes() []models.ExceptionCode {
	return []models.ExceptionCode{models.ExceptionTowerUnwell}
}

const megabyte = 1_000_000

func (d replica) Detect(ctx context.Context, _ Look) ([]models.Signal, error) {
	replicas, err := d.machines.Replicas(ctx)
	if err != nil {
		return nil, err
	}
	var signals []models.Signal
	for _, r := range replicas {
		if r.Behind <= int64(d.windows.ReplicaBehind)*megabyte {
			continue
		}
		s := models.Signal{
			Code: models.ExceptionTowerUnwell, Key: "replica|" + r.Name, Title: "The replica " + r.Name + " is behind",
			Happened: fmt.Sprintf("It lacks %d MB of changes of the database; %d MB are allowed. A fail-over to it now would lose them.",
				r.Behind/megabyte, d.windows.ReplicaBehind),
			Risk: models.Risk{AtLeast: models.ConsequenceStop},
		}
		if !r.Connected {
			s.Title = "The replica " + r.Name + " is not connected"
			s.Happened += " The database keeps them for it meanwhile, which fills its disk."
		}
		signals = append(signals, s)
	}
	return signals, nil
}
