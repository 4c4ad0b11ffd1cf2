package route

import (
	"io"
	"strings"
)

// What is read of an answer: so much is kept of a refusal, and so much is read
// at all, so that the connection serves the next message.
const (
	answerKept = 1 << 10
	answerRead = 64 << 10
)

// readAnswer reads a body to its end, as long as it is short, and gives its
// beginning as text that the store takes. A body that breaks off is as good as a short one.
func readAnswer(body io.Reader) string {
	head, _ := io.ReadAll(io.LimitReader(body, answerKept))
	_, _ = io.Copy(io.Discard, io.LimitReader(body, answerRead-answerKept))
	return strings.ReplaceAll(strings.ToValidUTF8(string(head), "\uFFFD"), "\x00", "")
}
