package handlers

import (
	"context"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"throughline/views/layout"
)

// dcPicker offers the DCs in the top bar and keeps what else the address holds.
func dcPicker(ctx context.Context, c echo.Context, dcs DCLister) (templ.Component, error) {
	names, err := dcs.DCNames(ctx)
	if err != nil {
		return nil, err
	}
	keep := map[string]string{}
	for name := range c.QueryParams() {
		if name != "dc" {
			keep[name] = c.QueryParam(name)
		}
	}
	return layout.DCPicker(layout.DCFilter{Action: c.Request().URL.Path, DCs: names, Current: c.QueryParam("dc"), Keep: keep}), nil
}

// wholeOf ends a sentence about a cut with what does not follow it.
func wholeOf(dc, whole string) string {
	if dc == "" {
		return ""
	}
	return " · " + dc + " only; " + whole
}
