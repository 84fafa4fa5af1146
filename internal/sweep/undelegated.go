package sweep

import (
	"fmt"

	"tldsweep/internal/delegation"
	"tldsweep/scanner"
)

// undelegated is how many of the domains that are taken DNS does not delegate, which therefore cost a request each. It is measured
// where DNS was asked first and has answered.
type undelegated struct {
	Taken        int64 `json:"taken"`
	NotDelegated int64 `json:"not_delegated"` // of them
}

// share is of Taken, between 0 and 1.
func (u undelegated) share() float64 { return float64(u.NotDelegated) / float64(u.Taken) }

// String is the share in words.
func (u undelegated) String() string {
	return fmt.Sprintf("%.1f %% of %d taken domains", 100*u.share(), u.Taken)
}

// undelegated is measured from the rows of the extensions that DNS delegates. Those where more than one question of a hundred had no
// answer are left out: what is delegated there was asked for at OVHcloud, too.
func (c *Counts) undelegated() (u undelegated) {
	taken := map[string]undelegated{}
	for key, n := range c.cells {
		if key.status != scanner.Taken {
			continue
		}
		under := taken[key.extension]
		switch key.source {
		case scanner.DNS:
			under.Taken += n
		case scanner.API:
			under.NotDelegated += n
		}
		taken[key.extension] = under
	}
	asked := c.dns().Under
	for extension, under := range taken {
		answers := asked[extension]
		lost := answers[delegation.Unanswered] + answers[delegation.Wildcard]
		if under.Taken > 0 && 100*lost <= lost+answers[delegation.Delegated]+answers[delegation.NotDelegated] {
			u.Taken += under.Taken + under.NotDelegated
			u.NotDelegated += under.NotDelegated
		}
	}
	return u
}

// unansweredByDNS is how many domains DNS had no answer for.
func (c *Counts) unansweredByDNS() int64 {
	if c.dns == nil {
		return 0
	}
	return c.dns().Answers[delegation.Unanswered]
}

// dnsSummary is nil where DNS is not asked.
func (c *Counts) dnsSummary() *summaryDNS {
	if c.dns == nil {
		return nil
	}
	stats := c.dns()
	sum := &summaryDNS{
		Delegated: stats.Answers[delegation.Delegated], NotDelegated: stats.Answers[delegation.NotDelegated],
		Unanswered: stats.Answers[delegation.Unanswered], Wildcard: stats.Answers[delegation.Wildcard],
		UnansweredUnder: stats.Where(delegation.Unanswered), WildcardUnder: stats.Where(delegation.Wildcard),
	}
	if u := c.undelegated(); u.Taken > 0 {
		sum.Undelegated = &u
	}
	return sum
}
