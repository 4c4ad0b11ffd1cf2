package workflow

import (
	"errors"
	"fmt"
	"time"

	"throughline/models"
	"throughline/sync/connector"
)

// WriterConfig says what a Writer works with.
type WriterConfig struct {
	Workflow    *Workflow
	Orders      connector.Orders
	CallTimeout time.Duration        // of one call to the ERP; default 10 s, never above the ERP's own timeout
	Paused      func() bool          // no write begins while it says so; nil never does
	AskBefore   time.Time            // orders of recommendations that were computed before it are looked up before they are sent; zero for none
	Retries     models.RetryPolicies // by class of failure; what it leaves out is as in models.OrderRetries
}

// Validate fills in defaults and refuses what could make two orders.
func (c *WriterConfig) Validate() error {
	if c.Workflow == nil || c.Orders == nil {
		return errors.New("workflow: a writer needs a workflow and an ERP")
	}
	if c.CallTimeout == 0 {
		c.CallTimeout = min(10*time.Second, c.Workflow.cfg.ERPTimeout)
	}
	if c.CallTimeout < 0 || c.CallTimeout > c.Workflow.cfg.ERPTimeout {
		return fmt.Errorf("workflow: a call may take %s, not longer than the ERP itself works on a request", c.Workflow.cfg.ERPTimeout)
	}
	if c.Paused == nil {
		c.Paused = func() bool { return false }
	}
	c.Retries = c.Retries.Filled(models.OrderRetries())
	return nil
}
