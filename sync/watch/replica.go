package watch

import (
	"context"
	"fmt"

	"throughline/models"
)

// replica is PLT-03 too: a copy of the database lacks so much that a fail-over
// to it would lose what was acknowledged, or can never catch up. A logical
// replication is no such copy; what it lacks fills the disk.
type replica struct {
	machines interface {
		Replicas(ctx context.Context) ([]models.Replica, error)
	}
	conditions standing
	windows    Windows
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
		if r.Lost {
			signals = append(signals, d.signal(r, "can never catch up", "The database has dropped changes that it lacks. "+d.anew(r)))
			continue
		}
		lacks, most := float64(r.Behind), float64(d.windows.ReplicaBehind)*megabyte
		told, err := beyond(ctx, d.conditions, d.behind(r), lacks > most, lacks > most*(1-clearsAt))
		if err != nil {
			return nil, err
		}
		signals = append(signals, told...)
	}
	return signals, nil
}

func (replica) signal(r models.Replica, state, happened string) models.Signal {
	what := "replica"
	if r.Logical {
		what = "logical replication"
	}
	return models.Signal{
		Code: models.ExceptionTowerUnwell, Key: "replica|" + r.Name, Title: fmt.Sprintf("The %s %s %s", what, r.Name, state),
		Happened: happened, Risk: models.Risk{AtLeast: models.ConsequenceStop},
	}
}

func (replica) anew(r models.Replica) string {
	if r.Logical {
		return "Whoever reads it has to begin anew with a new slot."
	}
	return "It has to be made anew; until then a fail-over to it would lose all since it stopped."
}

func (d replica) behind(r models.Replica) models.Signal {
	happened, state := fmt.Sprintf("It lacks %d MB of changes of the database; %d MB are allowed. This closes once it is a fifth less.", r.Behind/megabyte, d.windows.ReplicaBehind), "is behind"
	if !r.Logical {
		happened += " A fail-over to it now would lose them."
	}
	if !r.Connected {
		state = "is not connected"
		happened += " The database keeps them for it meanwhile, which fills its disk."
	}
	return d.signal(r, state, happened)
}
