package models_test

import (
	"testing"

	"throughline/models"
)

func TestSequenceIsReadWhereItIsDeclared(t *testing.T) {
	for extensions, want := range map[string]models.SequenceNumber{
		`{"sequence":"12","sequencetype":"Integer"}`:                                     {Number: 12},
		`{"sequencetype":"Integer","sequence":7}`:                                        {Number: 7},
		`{"dc":"LON","sequence":"3","sequencetype":"Integer","sequencepartition":"LON"}`: {Series: "LON", Number: 3},
	} {
		if got, ok := models.Sequence(extensions); !ok || got != want {
			t.Errorf("%s: %+v %v", extensions, got, ok)
		}
	}
	for _, extensions := range []string{
		``, `{"sequence":"12"}`, `{"sequencetype":"Integer"}`, `{"sequence":"12a","sequencetype":"Integer"}`,
		`{"sequence":"-1","sequencetype":"Integer"}`, `{"sequence":"1.5","sequencetype":"Integer"}`, `{"sequence":"","sequencetype":"Integer"}`,
		`{"sequence":"1234567890123456789","sequencetype":"Integer"}`,
		`{"note":"\"sequence\":\"9\"","sequencetype":"Integer"}`,
	} {
		if got, ok := models.Sequence(extensions); ok {
			t.Errorf("%s: %+v", extensions, got)
		}
	}
}
