package emulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// The values of a contact's fields, and the fields of a contact in /me and in /domain, which share their contacts.
// Source: OVHcloud API, me.json and domain.json.
var (
	countries = strings.Fields(`
		AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ
		CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DG DJ DK DM DO DZ EA EC EE EG EH ER ES ET FI FJ FK
		FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HN HR HT HU IC ID IE IL IM IN IO IQ IR IS
		IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM
		MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS
		PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF TG TH TJ
		TK TL TM TN TO TR TT TV TW TZ UA UG UM UNKNOWN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)
	genders   = []string{"female", "male"}
	languages = strings.Fields("cs_CZ de_DE en_AU en_CA en_GB en_IE en_US es_ES fi_FI fr_CA fr_FR fr_MA fr_SN fr_TN it_IT lt_LT nl_NL pl_PL pt_PT")
	forms     = strings.Fields("administration association corporation individual other personalcorporation")

	sharedFields = strings.Fields("address birthCity birthCountry birthDay birthZip cellPhone companyNationalIdentificationNumber email fax " +
		"firstName gender language lastName legalForm nationalIdentificationNumber nationality organisationName organisationType phone vat")
	meFields     = append(slices.Clip(sharedFields), "spareEmail")
	domainFields = append(slices.Clip(sharedFields), strings.Fields("accreditationCountry accreditationId accreditationOrganism accreditationYear "+
		"enterpriseId insee legalFormCategory organisationAccountable organisationFunding organisationFundingOther organisationRole "+
		"organisationRoleOther organisationStaffStatus organisationStaffStatusOther organisationTypeOther registrantDocumentType "+
		"registrantDocumentTypeOther roleInOrganisation trademarkId website")...)
	addressFields = strings.Fields("city country line1 line2 line3 otherDetails province zip")
	// What a contact of /me cannot be without.
	neededFields = strings.Fields("firstName lastName legalForm email language address")
)

var (
	phoneForm = regexp.MustCompile(`^\+[0-9]+\.?[0-9]+$`) // the dot after the country is not in every guide
	dateForm  = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// takesField says whether a contact's field takes a value. It takes null, too.
func takesField(field string, value json.RawMessage) bool {
	switch field {
	case "address":
		var address map[string]json.RawMessage
		if json.Unmarshal(value, &address) != nil {
			return false
		}
		for part, value := range address {
			if !slices.Contains(addressFields, part) || !takesField(part, value) {
				return false
			}
		}
		return true
	case "accreditationYear":
		var year *int64
		return json.Unmarshal(value, &year) == nil
	}
	var text *string
	if json.Unmarshal(value, &text) != nil {
		return false
	}
	if text == nil {
		return true
	}
	switch field {
	case "country", "birthCountry", "nationality", "accreditationCountry":
		return slices.Contains(countries, *text)
	case "gender":
		return slices.Contains(genders, *text)
	case "language":
		return slices.Contains(languages, *text)
	case "legalForm":
		return slices.Contains(forms, *text)
	case "birthDay":
		return dateForm.MatchString(*text)
	case "phone", "cellPhone", "fax":
		return phoneForm.MatchString(*text)
	}
	return true
}
