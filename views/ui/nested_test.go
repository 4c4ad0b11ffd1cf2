package ui_test

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"throughline/views/ui"
)

// nested is a region within a region.
func nested() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Region("outer", "").Render(templ.WithChildren(ctx, ui.Region("inner", "")), w)
	})
}
