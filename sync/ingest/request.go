package ingest

import (
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"throughline/models"
	"throughline/models/store"
	"throughline/sync/contract"
)

func invalid(kind error, message string) error {
	return models.Wrap(models.CodeInvalid, kind, message)
}

// readBody reads and unpacks a body within its bounds. What is packed counts
// unpacked, so that a small body cannot grow without end.
func readBody(r models.IntakeRequest) (string, error) {
	if r.Length > MaxRequestBytes {
		return "", tooLarge()
	}
	reader := r.Body
	switch encoding := strings.ToLower(http.Header(r.Header).Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(io.LimitReader(r.Body, MaxRequestBytes+1))
		if err != nil {
			return "", badGzip(err)
		}
		reader = unpacked
	default:
		return "", invalid(models.ErrMediaType, "Content-Encoding must be gzip, or left out.")
	}
	var body strings.Builder
	if r.Length > 0 {
		body.Grow(int(r.Length))
	}
	buffer := copyBuffers.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer copyBuffers.Put(buffer)
	n, err := io.CopyBuffer(&body, io.LimitReader(reader, MaxRequestBytes+1), *buffer)
	switch {
	case err != nil && isGzipError(err):
		return "", badGzip(err)
	case err != nil:
		return "", invalid(errors.Join(models.ErrMalformed, err), "The body ended before its end. Send the request again.")
	case n > MaxRequestBytes:
		return "", tooLarge()
	}
	return body.String(), nil
}

// copyBuffers spare each request, most of which are small, a buffer of its own.
var copyBuffers = sync.Pool{New: func() any {
	b := make([]byte, 32<<10)
	return &b
}}

func tooLarge() error {
	return invalid(models.ErrTooLarge, "A request may have 8 MB at most, unpacked. Send fewer events at a time.")
}

func isGzipError(err error) bool {
	return errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) ||
		strings.HasPrefix(err.Error(), "flate: ")
}

func badGzip(err error) error {
	return invalid(errors.Join(models.ErrMalformed, err), "The body is not whole gzip data, as Content-Encoding says. Pack it again.")
}

// read takes the events out of the body, in the mode that the headers name.
func (b *batch) read(r models.IntakeRequest, body string) error {
	header := http.Header(r.Header)
	media, parameters, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		return invalid(models.ErrMediaType, "Content-Type is missing or unreadable. "+modes)
	}
	if charset := parameters["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return invalid(models.ErrMediaType, "Only UTF-8 is accepted, not "+charset+".")
	}
	switch {
	case media == "application/cloudevents-batch+json":
		return b.readBatch(body)
	case media == "application/cloudevents+json":
		return b.readOne(contract.Structured(body))
	case media != "application/json" && !strings.HasSuffix(media, "+json"):
		return invalid(models.ErrMediaType, "The content type "+media+" is not accepted. "+modes)
	case !contract.IsBinary(r.Header):
		return invalid(models.ErrMalformed, "The body is JSON, but the headers ce-specversion, ce-id, ce-source and ce-type are missing. "+modes)
	}
	e, err := contract.Binary(r.Header, body)
	if p, ok := models.ParseTraceParent(header.Get("Traceparent")); ok && e.TraceParent == "" {
		e.TraceParent = string(p)
		e.Extensions = withExtension(e.Extensions, "traceparent", `"`+string(p)+`"`)
	}
	return b.readOne(e, err)
}

const modes = "Send application/cloudevents+json, application/cloudevents-batch+json, or application/json with ce- headers."

func (b *batch) readOne(e contract.Envelope, err error) error {
	var fault *contract.Fault
	if errors.As(err, &fault) && fault.Syntax {
		return notJSON(err)
	}
	return b.add(e, err)
}

func (b *batch) readBatch(body string) error {
	// An event takes some hundreds of bytes: this is seldom too little, never much.
	const usualSize = 256
	room := min(len(body)/usualSize+1, MaxEvents)
	b.answer.Results = make([]models.IntakeResult, 0, room)
	b.entries = make([]store.Entry, 0, room)
	b.places = make([]int, 0, room)
	err := contract.Batch(body, b.add)
	if _, ok := errors.AsType[*contract.Fault](err); ok {
		return notJSON(err)
	}
	return err
}

func notJSON(err error) error {
	return invalid(errors.Join(models.ErrMalformed, err), "The body cannot be read as JSON: "+err.Error()+".")
}
