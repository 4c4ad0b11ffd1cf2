package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"throughline/models"
)

const questionColumns = `
	SELECT q.id, q.recommendation, r.item, r.dc, q.question, q.asked_by, q.asked_at, q.answer, q.answered_by, q.answered_at
	FROM proposal_questions q JOIN recommendations r USING (recommendation)`

// Ask stores a question about a proposal and gives it its id.
func (t *WorkflowTx) Ask(q models.ProposalQuestion) (models.ProposalQuestion, error) {
	err := t.db.Raw(`
		INSERT INTO proposal_questions (recommendation, question, asked_by, asked_at) VALUES (@recommendation, @question, @by, @at) RETURNING id`,
		binds{"recommendation": q.Recommendation, "question": q.Question, "by": q.AskedBy, "at": q.AskedAt}).Scan(&q.ID).Error
	if err != nil {
		return q, fmt.Errorf("store a question about %s: %w", q.Recommendation, err)
	}
	return q, nil
}

// Question reads a question about a recommendation and locks it until the transaction ends.
func (t *WorkflowTx) Question(recommendation string, id int64) (models.ProposalQuestion, error) {
	var q models.ProposalQuestion
	found := t.db.Raw(questionColumns+` WHERE q.id = @id AND q.recommendation = @recommendation FOR UPDATE OF q`,
		binds{"id": id, "recommendation": recommendation}).Scan(&q)
	return q, oneRow(found, "question about", recommendation)
}

// Answer stores the answer to a question.
func (t *WorkflowTx) Answer(id int64, answer, actor string, at time.Time) error {
	_, err := t.exec("answer a question", `
		UPDATE proposal_questions SET answer = @answer, answered_by = @by, answered_at = @at WHERE id = @id`,
		binds{"id": id, "answer": answer, "by": actor, "at": at})
	return err
}

// questionsAbout are all questions about a recommendation, the oldest first.
func questionsAbout(db *gorm.DB, recommendation string) (questions []models.ProposalQuestion, err error) {
	err = db.Raw(questionColumns+` WHERE q.recommendation = @id ORDER BY q.id`, binds{"id": recommendation}).Scan(&questions).Error
	if err != nil {
		return nil, fmt.Errorf("read the questions about %s: %w", recommendation, err)
	}
	return questions, nil
}

// openQuestions are the unanswered questions about what still waits, the
// oldest first, and how many there are in all.
func (o *Overview) openQuestions(ctx context.Context, limit int) (questions []models.ProposalQuestion, count int, err error) {
	const open = ` WHERE q.answered_at IS NULL AND EXISTS (
		SELECT 1 FROM proposals p WHERE p.recommendation = q.recommendation AND p.state = 'waiting')`
	db := o.db.Gorm.WithContext(ctx)
	err = db.Raw(questionColumns+open+` ORDER BY q.asked_at, q.id LIMIT @limit`, binds{"limit": limit}).Scan(&questions).Error
	if err == nil {
		err = db.Raw(`SELECT count(*) FROM proposal_questions q` + open).Scan(&count).Error
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the open questions: %w", err)
	}
	return questions, count, nil
}
