package ordering

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tldsweep/internal/api"
	"tldsweep/internal/cli/app"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
)

// checkOwner leaves out what the owner may not have by the rules of its registry, which is asked before there is a cart.
func (s *session) checkOwner(ctx context.Context, e *program, wanted []selected, answers *order.Answers) (fit []selected, dropped []order.Dropped, err error) {
	var extensions []string
	domains := map[string][]string{}
	for _, w := range wanted {
		extension := w.extension
		if extension == "" { // a report without that column
			_, extension, _ = strings.Cut(w.domain, ".")
		}
		if len(domains[extension]) == 0 {
			extensions = append(extensions, extension)
		}
		domains[extension] = append(domains[extension], w.domain)
	}
	check, err := s.CheckOwner(ctx, extensions, domains, answers)
	if missing, ok := errors.AsType[*order.NoContactError](err); ok {
		s.listPeople(ctx, e)
		return nil, nil, app.Hinted(missing, "correct owner_contact in the answers")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("check the owner: %w", err)
	}
	for _, skipped := range check.Skipped {
		e.Console.Warning("whether the owner may have .%s could not be asked (%s); the checkout decides", strings.Join(skipped.Extensions, ", ."), console.OneLine(skipped.Why))
	}
	out := map[string]bool{}
	for _, unfit := range check.Unfit {
		if unfit.IsAccount {
			e.Console.Warning("no owner is named, and the account itself may not have .%s (%s); the checkout decides", unfit.Extension, console.OneLine(inOneLine(unfit.Fields)))
			continue
		}
		for _, field := range unfit.Fields {
			if _, err := console.Fprintf(e.Stdout, "owner: .%s: %s: %s (%s)\n", unfit.Extension, field.Field, field.Text, strings.Join(unfit.Domains, ", ")); err != nil {
				return nil, nil, fmt.Errorf("stdout: %w", err)
			}
		}
		for _, domain := range unfit.Domains {
			out[domain] = true
			dropped = append(dropped, order.Dropped{Domain: domain, Why: "the owner does not meet the rules of ." + unfit.Extension + ": " + inOneLine(unfit.Fields)})
		}
	}
	return slices.DeleteFunc(slices.Clone(wanted), func(w selected) bool { return out[w.domain] }), dropped, nil
}

func inOneLine(fields []api.Detail) string {
	texts := make([]string, len(fields))
	for i, field := range fields {
		texts[i] = field.Field + ": " + field.Text
	}
	return strings.Join(texts, "; ")
}
