package workflow

// OnStep calls fn at every step; it must be set before the writer runs.
func (w *Writer) OnStep(fn func(Step)) { w.step = fn }
