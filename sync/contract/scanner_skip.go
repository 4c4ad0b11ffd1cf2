package contract

// skip reads any value and checks that it is JSON.
func (s *scanner) skip() {
	switch s.peek() {
	case '{':
		s.skipObject()
	case '[':
		s.skipArray()
	case '"':
		s.str()
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	default:
		s.number()
	}
}

func (s *scanner) skipObject() {
	if s.at++; !s.enter() {
		return
	}
	defer func() { s.depth-- }()
	if s.peek() == '}' {
		s.at++
		return
	}
	for s.fault == nil {
		s.str()
		if !s.expect(':') {
			return
		}
		s.skip()
		if s.peek() == ',' {
			s.at++
			s.peek()
			continue
		}
		s.expect('}')
		return
	}
}

func (s *scanner) skipArray() {
	if s.at++; !s.enter() {
		return
	}
	defer func() { s.depth-- }()
	if s.peek() == ']' {
		s.at++
		return
	}
	for s.fault == nil {
		s.skip()
		if s.peek() == ',' {
			s.at++
			continue
		}
		s.expect(']')
		return
	}
}

// object walks the members of one object. Known members come out of next one
// by one; unknown ones are skipped. The first required names must all be there,
// and a known name must not come twice: readers disagree about which one counts.
type object struct {
	s        *scanner
	names    []string
	required int
	seen     uint32
	name     string
	hint     int
	opened   bool
	nested   string
}

func (s *scanner) open(required int, names ...string) object {
	return object{s: s, names: names, required: required, nested: s.field}
}

// next moves to the next known member and reports whether there is one; the
// caller reads its value.
func (o *object) next() bool {
	s := o.s
	for s.fault == nil {
		if !o.separator() {
			return false
		}
		name := s.str()
		if !s.expect(':') {
			return false
		}
		if i := o.index(name); i >= 0 {
			return o.enterMember(i)
		}
		s.skip()
	}
	return false
}

// separator consumes the brace or comma before a member; false at the end.
func (o *object) separator() bool {
	s := o.s
	c := s.peek()
	switch {
	case !o.opened && c != '{':
		s.wrongKind("must be an object")
		return false
	case !o.opened:
		o.opened = true
		s.at++
		if !s.enter() {
			return false
		}
		if s.peek() != '}' {
			return true
		}
	case c == ',':
		s.at++
		return true
	}
	if s.expect('}') {
		s.depth--
		o.close()
	}
	return false
}

func (o *object) index(name string) int {
	if o.hint < len(o.names) && o.names[o.hint] == name {
		o.hint++
		return o.hint - 1
	}
	for i, known := range o.names {
		if known == name {
			o.hint = i + 1
			return i
		}
	}
	return -1
}

func (o *object) enterMember(i int) bool {
	o.name = o.names[i]
	o.s.field = o.name
	if o.nested != "" {
		o.s.field = o.nested
	}
	if o.seen&(1<<i) != 0 {
		o.s.failSyntax("the member " + o.name + " comes twice")
		return false
	}
	o.seen |= 1 << i
	return true
}

func (o *object) close() {
	o.s.field = o.nested
	for i := range o.required {
		if o.seen&(1<<i) == 0 {
			o.s.fail(o.names[i] + " is missing")
			return
		}
	}
}

// array walks the elements of one array.
type array struct {
	s      *scanner
	opened bool
	count  int
}

func (a *array) next() bool {
	s := a.s
	if s.fault != nil {
		return false
	}
	c := s.peek()
	switch {
	case !a.opened && c != '[':
		s.wrongKind("must be an array")
		return false
	case !a.opened:
		a.opened = true
		s.at++
		if !s.enter() {
			return false
		}
		if s.peek() != ']' {
			a.count++
			return true
		}
	case c == ',':
		s.at++
		a.count++
		return true
	}
	if s.expect(']') {
		s.depth--
	}
	return false
}
