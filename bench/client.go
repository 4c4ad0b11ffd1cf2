package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

const (
	eventType = "application/cloudevents+json"
	batchType = "application/cloudevents-batch+json"
)

// client posts over one connection. It is as cheap as a client can be, since
// it shares the cores with what is measured.
type client struct {
	conn net.Conn
	r    *bufio.Reader
	head []byte
	out  []byte
	body []byte
}

func dial(ctx context.Context, addr, key string) (*client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{
		conn: conn, r: bufio.NewReaderSize(conn, 64<<10),
		head: []byte("POST /api/v1/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer " + key + "\r\nContent-Type: "),
	}, nil
}

func (c *client) close() { _ = c.conn.Close() }

var errRefused = errors.New("refused")

// post sends a body and returns when it was answered with 202. The answer's
// body is in c.body until the next post.
func (c *client) post(contentType string, body []byte) error {
	c.out = append(c.out[:0], c.head...)
	c.out = append(c.out, contentType...)
	c.out = append(c.out, "\r\nContent-Length: "...)
	c.out = strconv.AppendInt(c.out, int64(len(body)), 10)
	c.out = append(c.out, "\r\n\r\n"...)
	c.out = append(c.out, body...)
	if err := c.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	if _, err := c.conn.Write(c.out); err != nil {
		return err
	}
	return c.answer()
}

func (c *client) answer() error {
	status, err := c.r.ReadSlice('\n')
	if err != nil {
		return err
	}
	accepted := bytes.HasPrefix(status, []byte("HTTP/1.1 202"))
	length, chunked := 0, false
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	if chunked {
		return c.answerChunks(accepted)
	}
	c.body = append(c.body[:0], make([]byte, length)...)
	if _, err := io.ReadFull(c.r, c.body); err != nil {
		return err
	}
	return refusal(accepted, c.body)
}

// answerChunks reads the chunks of an answer that is too long for one buffer of the server.
func (c *client) answerChunks(accepted bool) error {
	c.body = c.body[:0]
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		size, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, size+2)...) // with its line end
		if _, err := io.ReadFull(c.r, c.body[at:]); err != nil {
			return err
		}
		c.body = c.body[:len(c.body)-2]
		if size == 0 {
			return refusal(accepted, c.body)
		}
	}
}

func refusal(accepted bool, body []byte) error {
	if accepted {
		return nil
	}
	return fmt.Errorf("%w: %s", errRefused, body[:min(len(body), 400)])
}
