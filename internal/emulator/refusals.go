package emulator

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// defect is something wrong with the configuration of an item.
type defect struct {
	label, product string
	kind           defectKind
}

type defectKind int

const (
	missing defectKind = iota
	duplicated
	wrong
)

// defects are all of a cart's, item by item. Labels that nobody asked for are none.
func (s *Server) defects(c openCart) []defect {
	var all []defect
	for _, i := range c.items {
		for _, r := range s.requirements(i) {
			var given []string
			for _, configured := range i.configurations {
				if configured.Label == r.label {
					given = append(given, configured.Value)
				}
			}
			d := defect{label: r.label, product: i.extension.product()}
			switch {
			case len(given) == 0 && !r.wanted:
				continue
			case len(given) == 0:
				d.kind = missing
			case len(given) > 1:
				d.kind = duplicated
			case s.accepts(r, given[0]):
				continue
			default:
				d.kind = wrong
			}
			all = append(all, d)
		}
	}
	return all
}

// refuse answers with what is wrong with a cart's configuration, in the wording that is played.
func (a *answer) refuse(defects []defect) {
	first := defects[0]
	switch a.s.options.Like.Refusals {
	case "terse":
		a.fail(http.StatusBadRequest, "Client::BadRequest", terseMessage)
	case "product":
		var lines []string
		for _, d := range defects {
			if line := d.withProduct(); !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
		a.fail(http.StatusBadRequest, "Client::BadRequest", strings.Join(lines, "\n"))
	default: // "field" stops at the first, and has no class where a label is missing
		switch first.kind {
		case missing:
			a.send(http.StatusBadRequest, mustJSON(map[string]string{
				"message": fmt.Sprintf("in customFields there must be a field with name '%s'", first.label),
			}))
		case duplicated:
			a.fail(http.StatusBadRequest, "Client::BadRequest", first.withProduct())
		case wrong:
			a.send(http.StatusBadRequest, mustJSON(map[string]string{"message": fmt.Sprintf(wrongFieldMessage, first.label)}))
		}
	}
}

func (d defect) withProduct() string {
	switch d.kind {
	case missing:
		return fmt.Sprintf("Custom field %s is mandatory for product %s", d.label, d.product)
	case duplicated:
		return fmt.Sprintf("Custom field %s is duplicated for product %s", d.label, d.product)
	}
	return fmt.Sprintf(wrongProductMessage, d.label, d.product)
}
