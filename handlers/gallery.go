package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"throughline/views/gallery"
	"throughline/views/ui"
	"throughline/web/render"
)

const (
	navGallery  = "gallery"
	galleryPath = "/gallery"
)

// Gallery is every component in every state with sample data, in the demo only.
type Gallery struct{ Frame *Frame }

// Show answers GET /gallery; open names the row whose panel is shown.
func (h *Gallery) Show(c echo.Context) error {
	request := c.Request()
	ctx := ui.WithEnv(request.Context(), ui.Env{Now: h.Frame.Now()})
	c.SetRequest(request.WithContext(ctx))
	return render.HTML(c, http.StatusOK, gallery.Page(render.Theme(request), "", c.QueryParam("open")))
}
