package handlers

import (
	"slices"
	"strconv"

	"throughline/models"
	"throughline/views/pages"
	"throughline/views/ui"
)

// deliveryAnswers are what came of each attempt, the newest first and open. The
// bodies are only for those who may see payloads.
func deliveryAnswers(tries []models.DeliveryAttempt, payloads bool) []pages.Answer {
	answers := make([]pages.Answer, 0, len(tries))
	for i, try := range slices.Backward(tries) {
		answer := pages.Answer{
			ID: "answer-" + ui.ID(try.ID), Title: "Attempt " + strconv.Itoa(try.Attempt) + ": " + answerWords(try),
			Took: ui.Took(try.EndedAt.Sub(try.StartedAt)), At: try.EndedAt, Error: try.Error, Open: i == len(tries)-1,
		}
		if payloads {
			answer.Body, answer.Empty = try.Answer, try.Failed() && try.Answer == "" && try.Status != 0
		}
		answers = append(answers, answer)
	}
	return answers
}

// answerWords are an answer's status, or that there was none.
func answerWords(d models.DeliveryAttempt) string {
	switch {
	case d.Status == 0:
		return "no answer"
	case d.Failed():
		return "HTTP " + strconv.Itoa(d.Status) + ", " + d.Class
	}
	return "HTTP " + strconv.Itoa(d.Status) + ", taken"
}
