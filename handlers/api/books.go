package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"throughline/models"
)

type booksOutput struct {
	Body models.Books
}

func (a *API) routeBooks() {
	huma.Register(a.huma, a.withKey(huma.Operation{
		Method: http.MethodGet, Path: "/api/v1/books", OperationID: "get-books", Summary: "Read the books", Tags: []string{"Events"},
		Description: "What became of every accepted event, per source and in total: " +
			"received = applied + superseded + parked + discarded + pending. Duplicates were not accepted again and stand beside.",
	}), func(ctx context.Context, _ *struct{}) (*booksOutput, error) {
		books, err := a.cfg.Books.Read(ctx)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		if books.Sources == nil {
			books.Sources = []models.SourceBooks{}
		}
		return &booksOutput{Body: books}, nil
	})
}
