package ui

import (
	"context"
	"io"

	"github.com/a-h/templ"
)

// inner draws what stands inside a region: only the outermost is morphed.
func inner() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		env, children := EnvFrom(ctx), templ.GetChildren(ctx)
		env.Patch = false
		return children.Render(WithEnv(templ.ClearChildren(ctx), env), w)
	})
}
