// Package gallery shows every component in every state with sample data: the
// place to look at before building a page, and what the accessibility scan
// and the screenshots run over.
package gallery
