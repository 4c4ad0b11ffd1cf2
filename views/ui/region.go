package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// inner draws what stands inside a region: only the outermost is morphed.
func inner(children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		env := EnvFrom(ctx)
		env.Patch = false
		return children.Render(WithEnv(templ.ClearChildren(ctx), env), w)
	})
}
