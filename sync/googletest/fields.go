package googletest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// fieldMask is a parsed fields parameter: the fields to keep, each with a
// mask of its own. nil keeps everything.
type fieldMask map[string]fieldMask

// parseFields reads a selection such as "items(id,start/dateTime),nextSyncToken"
// for an answer of that type. A field that the type does not have is refused.
func parseFields(text string, answer reflect.Type) (fieldMask, error) {
	if text == "" || text == "*" {
		return nil, nil
	}
	p := &fieldParser{rest: text}
	mask, err := p.selection(answer)
	if err == nil && p.rest != "" {
		err = badField(p.rest)
	}
	return mask, err
}

func badField(name string) error {
	return invalidParameter("fields", "Invalid field selection "+name)
}

type fieldParser struct{ rest string }

// selection reads a comma-separated list up to the end or a closing bracket.
func (p *fieldParser) selection(of reflect.Type) (fieldMask, error) {
	mask := fieldMask{}
	for {
		if err := p.path(of, mask); err != nil {
			return nil, err
		}
		if !p.take(',') {
			return mask, nil
		}
	}
}

// path reads one of name, name/path and name(selection) into the mask.
func (p *fieldParser) path(of reflect.Type, mask fieldMask) error {
	end := strings.IndexAny(p.rest, ",/()")
	if end < 0 {
		end = len(p.rest)
	}
	name := p.rest[:end]
	p.rest = p.rest[end:]
	inner, known := fieldType(of, name)
	if !known {
		return badField(name)
	}
	switch {
	case p.take('/'):
		sub := fieldMask{}
		if err := p.path(inner, sub); err != nil {
			return err
		}
		mask.add(name, sub)
	case p.take('('):
		sub, err := p.selection(inner)
		if err != nil {
			return err
		}
		if !p.take(')') {
			return badField(name)
		}
		mask.add(name, sub)
	default:
		mask.add(name, nil)
	}
	return nil
}

func (p *fieldParser) take(mark byte) bool {
	if p.rest == "" || p.rest[0] != mark {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// add joins a selection to what the mask already keeps of that field.
func (m fieldMask) add(name string, sub fieldMask) {
	present, named := m[name]
	switch {
	case !named:
		m[name] = sub
	case present == nil || sub == nil:
		m[name] = nil
	default:
		for inner, mask := range sub {
			present.add(inner, mask)
		}
	}
}

// fieldType is the type of a field by its JSON name; lists count as their
// elements, and maps have every field.
func fieldType(of reflect.Type, name string) (reflect.Type, bool) {
	for of != nil && (of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice) {
		of = of.Elem()
	}
	switch {
	case of == nil || name == "":
		return nil, false
	case name == "*":
		return of, true
	case of.Kind() == reflect.Map:
		return of.Elem(), true
	case of.Kind() != reflect.Struct:
		return nil, false
	}
	for field := range of.Fields() {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == name && tag != "-" {
			return field.Type, true
		}
	}
	return nil, false
}

// sub is the mask of one field; keeps is false where the field is dropped.
func (m fieldMask) sub(name string) (mask fieldMask, keeps bool) {
	if m == nil {
		return nil, true
	}
	if mask, keeps = m[name]; keeps {
		return mask, true
	}
	mask, keeps = m["*"]
	return mask, keeps
}

// apply is the document with only the fields of the mask.
func (m fieldMask) apply(document any) any {
	if m == nil {
		return document
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		panic("googletest: " + err.Error())
	}
	return m.prune(tree)
}

func (m fieldMask) prune(tree any) any {
	switch node := tree.(type) {
	case map[string]any:
		for name, value := range node {
			sub, keeps := m.sub(name)
			switch {
			case !keeps:
				delete(node, name)
			case sub != nil:
				node[name] = sub.prune(value)
			}
		}
	case []any:
		for i, value := range node {
			node[i] = m.prune(value)
		}
	}
	return tree
}
