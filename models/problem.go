package models

import "slices"

// ProblemsPath is under which each kind of problem says in words what it is.
const ProblemsPath = "/api/problems/"

const malformedStatus, internalStatus = 400, 500

// ProblemKind is what the API answers with one HTTP status. Code is stable.
type ProblemKind struct {
	Code      string
	Status    int
	Retryable bool // the same request may pass later, unchanged
	Text      string
}

// ProblemKinds are all of them, by their status. Any other is malformed from 400 on,
// and internal from 500 on.
func ProblemKinds() []ProblemKind {
	return []ProblemKind{
		{"malformed", malformedStatus, false, "The request cannot be read. Mend what detail names and send it again."},
		{string(CodeUnauthenticated), 401, false, "No valid API key came with the request. Send one as Authorization: Bearer tlk_…"},
		{string(CodeForbidden), 403, false, "The API key, or the account, may not do this. Use one that may."},
		{string(CodeNotFound), 404, false, "There is no such thing, or nothing at this address. detail says which; /api/openapi.json says what there is."},
		{"method", 405, false, "The address does not take this method. /api/openapi.json says which it takes."},
		{string(CodeConflict), 409, false, "It has changed meanwhile, or something else stands under this id. Read it again before you decide."},
		{string(CodeGone), 410, false, "It was there and cannot come back. Of a delta token: begin again with the exports."},
		{string(CodePrecondition), 412, false, "Something has to be true first. detail says what."},
		{"too_large", 413, false, "The request is too large. Send less at once."},
		{"media_type", 415, false, "The body is of a kind that is not taken here. detail says which kinds are."},
		{string(CodeInvalid), 422, false, "What was sent breaks a rule. errors or results say where. A corrected event may keep its id."},
		{string(CodeThrottled), 429, true, "The API key has used up what it may send. Wait as long as Retry-After says, then send the same again."},
		{string(CodeInternal), internalStatus, true, "Something went wrong in the tower. Nothing is wrong with the request: send the same again later."},
		{string(CodeUnavailable), 503, true, "The tower, or what is asked for, takes nothing for a while. Wait as long as Retry-After says, then send the same again."},
	}
}

// ProblemOf is the kind that a status is answered with.
func ProblemOf(status int) ProblemKind {
	kinds := ProblemKinds()
	at := func(s int) int { return slices.IndexFunc(kinds, func(k ProblemKind) bool { return k.Status == s }) }
	i := at(status)
	switch {
	case i >= 0:
		return kinds[i]
	case status >= malformedStatus && status < internalStatus:
		return kinds[at(malformedStatus)]
	}
	return kinds[at(internalStatus)]
}

// Type is a reference to what the kind says of itself, which never changes.
func (k ProblemKind) Type() string { return ProblemsPath + k.Code }

// CallersTrace is the id of the trace that a request, by its headers, belongs to;
// empty for none.
func CallersTrace(header func(name string) string) string {
	for _, name := range []string{"Traceparent", "Ce-Traceparent"} {
		if p, ok := ParseTraceParent(header(name)); ok {
			return p.TraceID()
		}
	}
	return ""
}
