package pages

import (
	"throughline/views/layout"
	"throughline/views/ui"
)

// MyDay is the planner's landing page: what needs me before cut-off.
type MyDay struct {
	Page          layout.Page
	Topics        string // whose hints bring news
	Figures       []ui.Number
	CutOffs       ui.Table
	Questions     ui.Table
	QuestionsNote string
	Work          ui.Table // the exceptions themselves, the most pressing first
}
