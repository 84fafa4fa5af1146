package ordering

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"tldsweep/internal/cart"
	"tldsweep/internal/cli/console"
	"tldsweep/internal/order"
)

// acceptClaim shows the claim on a domain's name, by itself, and asks whether it is wanted all the same. Where nobody is there to ask,
// those that were named on the command line are.
func (a *program) acceptClaim(named []string) order.AcceptClaim {
	return func(ctx context.Context, domain string, notice *cart.ClaimNotice) (bool, error) {
		claim := &order.Claim{ID: notice.ID, Label: notice.Label, Starting: notice.Starting, Ending: notice.Ending, Type: notice.Type}
		return a.confirmClaim(ctx, named, domain, claim)
	}
}

func (a *program) confirmClaim(ctx context.Context, named []string, domain string, claim *order.Claim) (bool, error) {
	from := ""
	if claim.Starting != "" {
		from = " from " + claim.Starting
	}
	a.Console.Warning("somebody holds a mark of the name of %s: %s (notice %s%s until %s). They will be told of the order, and can take the domain away without refund",
		domain, console.OneLine(claim.Label), console.OneLine(claim.ID), console.OneLine(from), console.OneLine(claim.Ending))
	if slices.ContainsFunc(named, func(n string) bool { return strings.EqualFold(strings.TrimSpace(n), domain) }) {
		return true, nil
	}
	if !a.canAsk() {
		return false, nil
	}
	line, err := a.ask(ctx, fmt.Sprintf("To want it all the same, type the domain (%s); anything else leaves it out: ", domain))
	return strings.EqualFold(line, domain), err
}

// longestLine is how much of a typed line is read, in bytes.
const longestLine = 4096

// ask asks a person at the terminal for a line.
func (a *program) ask(ctx context.Context, question string) (string, error) {
	console.Fprintf(a.Stderr, "%s", question)
	typed := make(chan string, 1)
	// A read of a terminal cannot be ended; when the user leaves instead, so does the program, and this with it.
	go func() {
		line, _ := bufio.NewReader(io.LimitReader(a.Stdin, longestLine)).ReadString('\n')
		typed <- line
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case line := <-typed:
		return strings.TrimSpace(line), nil
	}
}
