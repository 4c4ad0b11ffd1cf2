package app

// reconcileDesk has comparisons made; without an ERP there is none to make.
type reconcileDesk struct{ p *Program }

func (d reconcileDesk) Sources() []string {
	if d.p.reconciler == nil {
		return nil
	}
	return d.p.reconciler.Sources()
}

func (d reconcileDesk) Ask(source, actor string) error {
	if d.p.reconciler == nil {
		return errNoERP()
	}
	return d.p.reconciler.Ask(source, actor)
}
