// Package ui holds the components that pages are made of: each is a plain Go
// view model and a templ component that draws it. Models carry finished text
// and addresses; they know no database, no HTTP and no clock. What all of a
// page's components share (the time of drawing, the reader's zone, the form
// token) travels in the context as Env.
package ui
