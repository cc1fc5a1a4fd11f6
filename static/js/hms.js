// Small comforts. Every page works without them: the server is the guard.
import "./hms/saving_forms.js";
import "./hms/menus.js";
import "./hms/chosen_day.js";
import "./hms/print_buttons.js";
import "./hms/steps_in_place.js";
import "./hms/named_person.js";
import "./hms/whole_answers.js";
