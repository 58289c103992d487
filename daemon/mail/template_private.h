// The texts that come with the program; embed.sh makes them of templates/*.txt, and templates/LANGUAGE/*.txt.
#ifndef CANDOUR_TEMPLATE_PRIVATE_H
#define CANDOUR_TEMPLATE_PRIVATE_H

struct template_file {
    const char *name, *text; // of a mail: "Subject: ...", an empty line, the body
};
extern const struct template_file template_files[]; // ends with a row without name

#endif
