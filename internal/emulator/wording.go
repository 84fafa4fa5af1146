package emulator

import (
	"fmt"
	"strings"
)

// wording is what rows of bills and orders say, in the language of an account. English and French are on record; who reads
// the words of one language alone is wrong in the others, whose words are made up.
type wording struct {
	zone, request       string
	months, year, years string
	gift                string
}

var english = wording{"DNS zone", "registration", "months", "year", "years", "Create discount"}

var wordings = map[string]wording{
	"FR": {"Zone DNS", "demande d'enregistrement", "mois", "an", "ans", "Create Prix barre"},
	"DE": {"DNS-Zone", "Registrierungsantrag", "Monate", "Jahr", "Jahre", "Create Rabatt"},
	"ES": {"Zona DNS", "solicitud de registro", "meses", "año", "años", "Create descuento"},
	"IT": {"Zona DNS", "richiesta di registrazione", "mesi", "anno", "anni", "Create sconto"},
	"PL": {"Strefa DNS", "wniosek o rejestrację", "miesięcy", "rok", "lat", "Create rabat"},
}

func wordingOf(subsidiary string) wording {
	if w, ok := wordings[subsidiary]; ok {
		return w
	}
	return english
}

func (w wording) inMonths(years int) string { return fmt.Sprint(12*years, " ", w.months) }

func (w wording) inYears(years int) string {
	if years == 1 {
		return "1 " + w.year
	}
	return fmt.Sprint(years, " ", w.years)
}

func (w wording) discount(e *extension) string { return "." + strings.ToUpper(e.name) + " " + w.gift }
